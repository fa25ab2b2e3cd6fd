"""Individual goals in the form of the Ed-Fi Data Standard 6.0, for integrations. Read only."""
