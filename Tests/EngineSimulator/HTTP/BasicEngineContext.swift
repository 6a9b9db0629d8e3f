import Hummingbird
import NIOCore
import Logging

/// A request's context that keeps its connection.
struct BasicEngineContext: InitializableFromSource, RequestContextSource {
    let logger: Logger
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        logger = source.logger
        channel = source.channel
    }
}
