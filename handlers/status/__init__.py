"""“查进度”: where a case stands, for whoever filed it or holds its query code, and what they can do."""
