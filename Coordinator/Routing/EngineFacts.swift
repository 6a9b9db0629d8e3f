package import AgentProtocol

/// What the fleet knows of one engine, as far as routing reads it.
package struct EngineFacts: Sendable, Hashable {
    package var load: EngineLoad
    /// It answers its health endpoint and its agent is heard.
    package var isReady: Bool
    /// Served names and loaded adapters.
    package var models: [String]
    /// Tokens a block; 0 while unknown.
    package var blockSize: Int
    package var hasExactCache: Bool
    /// Data-parallel ranks behind the address.
    package var rankCount: Int
    /// Which life of the engine it is; 0 while unknown.
    package var incarnation: UInt64
    /// The files that turn its text into tokens, where its agent reads them.
    package var modelFiles: ModelFilesID?

    package init(
        load: EngineLoad = EngineLoad(), isReady: Bool = true, models: [String] = [], blockSize: Int = 0,
        hasExactCache: Bool = false, rankCount: Int = 1, incarnation: UInt64 = 0,
        modelFiles: ModelFilesID? = nil
    ) {
        self.load = load
        self.isReady = isReady
        self.models = models
        self.blockSize = blockSize
        self.hasExactCache = hasExactCache
        self.rankCount = rankCount
        self.incarnation = incarnation
        self.modelFiles = modelFiles
    }
}
