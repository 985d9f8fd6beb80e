"""Programs that the runner runs beside the stages, and the loop itself."""
