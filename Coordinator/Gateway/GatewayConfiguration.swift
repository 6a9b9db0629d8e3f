package import Governance
import NIOCore

/// How the gateway listens and how patient it is.
package struct GatewayConfiguration: Sendable {
    package var host = "127.0.0.1"
    /// 0 picks a free port.
    package var port = 8080
    /// Event loops; each has its own upstream connections.
    package var loops = 2
    /// Bytes of a request body; a larger one is refused with 413.
    package var bodyBytesMax = 32 * 1_048_576
    /// From asking an engine for a connection to having it.
    package var connectTimeout = Duration.seconds(1)
    /// From the begin of a try at an engine to the first byte of its answer's body; nil for no limit of its own.
    package var tryTimeout: Duration?
    /// File with certificates, as PEM, that are trusted upstream besides the system's; nil for these alone.
    package var upstreamTrustFile: String?
    /// From the begin of a try at an engine to its response's head, where the ModelServer sets no timeout. An answer
    /// that is not streamed has its head only when it is complete.
    package var headTimeout = Duration.seconds(600)
    /// Between two reads of a response, from its head on.
    package var idleTimeout = Duration.seconds(300)
    /// From a request's end to its answer's end, tries and waiting included; nil for no limit.
    package var totalTimeout: Duration?
    package var health = HealthPolicy()
    /// From a client's first byte of a request head to the last, and between reads of a body.
    package var clientTimeout = Duration.seconds(30)
    /// How long a client's connection stays open between requests.
    package var keepAliveTimeout = Duration.seconds(75)
    /// For a prefill engine's bootstrap server to say who it is.
    package var bootstrapTimeout = Duration.seconds(1)
    package var tokenizeTimeout = Duration.milliseconds(250)
    /// Age from which a prefill engine may have given its blocks away, so that its transfer parameters are dropped.
    /// Engines keep them 30 s by default.
    package var transferLease = Duration.seconds(25)
    /// Folder with a folder for each served model name, where files say how its text becomes tokens; nil where engines
    /// are asked.
    package var modelFolder: String?
    /// How often models' files and engines are looked at.
    package var modelCheckPeriod = Duration.milliseconds(500)
    /// Bytes of a prompt whose tokens an event loop makes itself, in about a millisecond; longer ones go to threads.
    package var loopPromptBytesMax = 32_768
    /// Decisions kept for questions.
    package var decisionsMax = 4_096
    /// Bytes of the cache of tokenised prompts.
    package var promptCacheBytesMax = 32 * 1_048_576
    /// How long the gateway goes on accepting at shutdown while it says that it is not ready, so that whoever sends
    /// clients here learns of it first.
    package var readinessGrace = Duration.zero
    /// How long requests under way may take to end at shutdown, after that; those left are cut off.
    package var drainTimeout = Duration.seconds(30)
    /// Asks engines for the usage of streams and takes it out again where the client did not ask.
    package var asksForUsage = true
    /// Gets one line a request, its end included, in batches; nil for no access log.
    package var accessLog: (@Sendable ([UInt8]) -> Void)?
    package var accessLogFormat = AccessLogFormat.text
    package var traces = TracePolicy.forward

    /// The password of every Redis that token limits are counted in; nil for none.
    package var redisPassword: String?
    /// How requests wait where engines have enough to do.
    package var waiting = WaitingPolicy()
    /// Time that only goes forward, which limits and waiting go by.
    package var clock: @Sendable () -> Duration = { NIODeadline.now().duration }

    package init(host: String = "127.0.0.1", port: Int = 8080) {
        self.host = host
        self.port = port
    }
}
