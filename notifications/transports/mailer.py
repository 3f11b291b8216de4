"""Messages by e-mail, through the mail server that Django's settings name."""

import smtplib
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage

from notifications.transports.base import Parcel, Receipt, TransportError
from notifications.transports.outcomes import Outcome

PERMANENT = 500


class Mailer:
    """Sends plain mails; the first line of a body is the subject, and a foot may hold the link that ends them."""

    parallel = 1
    is_remote = True
    answers_keywords = False
    account = None

    def send(self, parcel: Parcel) -> Receipt:
        """Hand it to the mail server; raises TransportError."""
        mail = compose(parcel)
        try:
            mail.send()
        except (smtplib.SMTPConnectError, smtplib.SMTPHeloError, ConnectionRefusedError) as error:
            raise TransportError(Outcome.NOT_PROCESSED, detail=str(error)) from error
        except smtplib.SMTPAuthenticationError as error:
            raise TransportError(Outcome.ACCOUNT, code=str(error.smtp_code)) from error
        except smtplib.SMTPRecipientsRefused as error:
            raise _refused(error) from error
        except smtplib.SMTPResponseException as error:
            outcome = Outcome.REFUSED if error.smtp_code >= PERMANENT else Outcome.NOT_PROCESSED
            raise TransportError(outcome, code=str(error.smtp_code)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise TransportError(Outcome.AMBIGUOUS, detail=str(error)) from error
        return Receipt(provider_id=str(mail.extra_headers["Message-ID"])[:64], status="sent")

    def find(self, parcel: Parcel, *, since: datetime) -> list[Receipt]:
        """A mail server cannot be asked what it took."""
        return []


def compose(parcel: Parcel) -> EmailMessage:
    """The mail of a parcel; its id is made of the attempt's, so that a double is recognised."""
    subject, _, text = parcel.body.partition("\n")
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"
    return EmailMessage(
        subject=subject.strip(),
        body=text.strip() + "\n",
        from_email=parcel.number or settings.DEFAULT_FROM_EMAIL,
        to=[parcel.to],
        headers={"Message-ID": f"<{parcel.attempt_uid.hex}@{domain}>", **_way_out(text)},
    )


def _way_out(text: str) -> dict[str, str]:
    """The link of ours that ends a foot, as mail programs read it for their own button (RFC 2369, RFC 8058)."""
    _, _, foot = text.rpartition("\n--\n")
    link = foot.rpartition(" ")[2].strip()
    if not link.startswith(f"{settings.PUBLIC_URL}/") or text == foot:
        return {}
    named = {"List-Unsubscribe": f"<{link}>"}
    # RFC 8058 lets mail programs press it by themselves over https alone.
    is_pressed = link.startswith("https://")
    return named | ({"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if is_pressed else {})


def _refused(error: smtplib.SMTPRecipientsRefused) -> TransportError:
    codes = [code for code, _ in error.recipients.values()]
    outcome = Outcome.NUMBER if min(codes, default=0) >= PERMANENT else Outcome.NOT_PROCESSED
    return TransportError(outcome, code=str(codes[0]) if codes else "")


def transport() -> Mailer:
    """The mailer."""
    return Mailer()
