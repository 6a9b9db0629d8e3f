/// Drills, off unless allowed.
package struct EngineFault: Sendable {
    /// No step begins.
    package var isHanging = false
    /// Steps take this many times as long.
    package var slowness = 1.0

    package init() {}
}
