/// How many leading blocks of a chain one rank holds. `device` ≤ `host` ≤ `disk`.
package struct PrefixMatch: Sendable, Hashable {
    package var rank: RankIndex
    /// Leading blocks that all lie on the device.
    package var device: Int
    /// Leading blocks that lie on the device or in host memory.
    package var host: Int
    /// Leading blocks that lie in any tier.
    package var disk: Int

    package init(rank: RankIndex, device: Int, host: Int, disk: Int) {
        self.rank = rank
        self.device = device
        self.host = host
        self.disk = disk
    }
}
