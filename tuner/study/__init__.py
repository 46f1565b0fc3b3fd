"""What a study is and holds: settings, records, store, checkpoints, folder."""
