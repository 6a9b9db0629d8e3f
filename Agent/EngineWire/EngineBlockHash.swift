/// The name an engine gives a block in its events: opaque outside that engine.
package enum EngineBlockHash: Sendable, Hashable {
    /// 64 bits; a signed integer of the wire keeps its bits.
    case integer(UInt64)
    /// A whole digest.
    case bytes([UInt8])
}
