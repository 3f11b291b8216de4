"""What must hold for privacy and security: each test is named after the id of its rule."""
