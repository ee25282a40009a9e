import !ߍe
