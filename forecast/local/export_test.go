//go:build unix

package local

// AfterSwap has f called between the rename of a publish and the commit of its
// records.
func (e *Engine) AfterSwap(f func()) { e.afterSwap = f }
