"""The meeting directory: feeds come in, meetings of every fellowship are found."""
