"""What outlives the process: sessions as their histories, runs that were saved or shared, tables.
Only bytes and one SQLite file: when something is written is the runner's business."""
