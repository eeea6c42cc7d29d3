"""SQL, the record: SQLite by default, PostgreSQL by `DATABASE_URL`; one code and one test suite for both."""
