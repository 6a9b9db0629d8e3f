import Observability
import Routing

extension SeriesCache {
    /// Requests for one model by one route to one target.
    final class Way {
        /// What tells one way from another.
        struct Names {
            /// A label already: the request's model where a route knows it, else one word for all others.
            var model: String
            var match: RouteTable.Match?
            /// The match leads to a target that there is, and that could be asked.
            var isResolved: Bool
            /// A label already, like `model`; empty where the request got to no target.
            var upstreamModel: String

            /// Alike in what labels say; a rewritten path, say, may be another with each request.
            func isSame(_ other: Names) -> Bool {
                model == other.model && upstreamModel == other.upstreamModel && isResolved == other.isResolved
                    && (match === other.match
                        || match?.server == other.match?.server && match?.route == other.match?.route
                            && match?.backend == other.match?.backend)
            }

            /// The values of the last four labels of most metrics.
            var backend: [String] {
                guard isResolved, let match else { return ["none", "unresolved", "none", "none"] }
                return [
                    match.backend == .inferencePool ? "none" : match.route.description, match.backend.rawValue,
                    match.server.description, upstreamModel.isEmpty ? "none" : upstreamModel,
                ]
            }
        }

        let names: Names
        let lineNames: LineNames
        let activeDownstream: Cell
        /// Nil for requests that get to no target.
        let activeUpstream: Cell?
        let timeToFirstByte: HistogramCells
        private let metrics: GatewayMetrics
        private var plugins: [(stage: PluginPolicy.Stage, cells: HistogramCells)] = []
        private(set) lazy var prefixRatio = metrics.prompts.prefixRatio.cells([names.model])
        private(set) lazy var cacheRatio = metrics.prompts.cacheRatio.cells([names.model])
        /// Newest use first.
        var outcomes: [Outcome] = []

        init(_ names: Names, _ metrics: GatewayMetrics, _ format: AccessLogFormat) {
            self.names = names
            self.metrics = metrics
            lineNames = LineNames(format, names.match, upstreamModel: names.upstreamModel)
            activeDownstream = metrics.activeDownstream.cell([names.model])
            let server = names.match.map { $0.backend == .modelServer ? $0.server.description : "none" }
            activeUpstream =
                names.isResolved ? metrics.activeUpstream.cell([server ?? "none"] + names.backend) : nil
            timeToFirstByte = metrics.timeToFirstByte.cells([names.model])
        }

        /// The series of one plugin's runs.
        func plugin(_ stage: PluginPolicy.Stage) -> HistogramCells {
            if let known = plugins.first(where: { $0.stage == stage }) { return known.cells }
            let cells = metrics.pluginDuration.cells([names.model, stage.plugin, stage.kind.rawValue])
            plugins.append((stage, cells))
            return cells
        }
    }

    /// Requests of one way that ended alike.
    final class Outcome {
        let path: String
        let status: Int
        let kind: String
        let requests: Cell
        let duration: HistogramCells
        private let metrics: GatewayMetrics
        private let labels: [String]
        // Engines do not report tokens for every kind of answer, and most requests have one leg.
        private(set) lazy var tokensIn = metrics.tokens.cell(Array(labels[..<2]) + ["input"] + labels[3...])
        private(set) lazy var tokensOut = metrics.tokens.cell(Array(labels[..<2]) + ["output"] + labels[3...])
        private(set) lazy var prefill = metrics.prefillDuration.cells(Array(labels[..<3]))
        private(set) lazy var decode = metrics.decodeDuration.cells(Array(labels[..<3]))

        init(_ path: String, _ status: Int, _ kind: String, _ way: Way, _ metrics: GatewayMetrics) {
            self.path = path
            self.status = status
            self.kind = kind
            self.metrics = metrics
            let backend = way.names.backend
            labels = [way.names.model, path, String(status)] + backend
            requests = metrics.requests.cell([way.names.model, path, String(status), kind] + backend)
            duration = metrics.duration.cells(labels)
        }
    }
}
