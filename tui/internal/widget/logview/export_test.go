package logview

// SetRoom sets how much text the view holds in memory.
func (v *View) SetRoom(bytes int) { v.room = bytes }

// Chunk is how many lines a chunk holds.
const Chunk = chunkLines
