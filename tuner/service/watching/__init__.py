"""Tell listeners what happens, by server-sent events: one watcher a study, however many listen."""
