"""Who is drifting away, why, and since when.

history (what is on record) → facts (what was known at one instant) → rules (findings with reasons)
→ watch (one open disengagement signal per finding) → wording (sentences a counselor would say).
"""
