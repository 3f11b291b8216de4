FROM python:3.13-slim AS packages
COPY requirements.txt .
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN useradd --system --no-create-home portal
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# The names of static files are made here; no secret and no database is at hand, or needed.
RUN DATABASE_URL=postgres://nowhere/none SECRET_KEY=build python manage.py collectstatic --no-input \
    && chown -R portal var
USER portal
EXPOSE 8000
CMD ["gunicorn", "portal.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4"]
