package import JSONValues

/// Where a metric is read.
package enum MetricSource: Sendable, Hashable {
    case pod(PodSource)
    case prometheus(PrometheusSource)

    init(_ reader: FieldReader) throws(FieldProblem) {
        switch (try reader.member("pod"), try reader.member("prometheus")) {
        case (let pod?, nil): self = .pod(try PodSource(pod))
        case (nil, let prometheus?): self = .prometheus(try PrometheusSource(prometheus))
        default: throw .invalid(reader.path, reader.json, "must set exactly one of pod and prometheus")
        }
    }

    static func map(_ reader: FieldReader?) throws(FieldProblem) -> [String: MetricSource] {
        var sources: [String: MetricSource] = [:]
        for (name, source) in try reader?.members() ?? [] { sources[name] = try MetricSource(source) }
        return sources
    }

    /// The pods' own metrics page.
    package struct PodSource: Sendable, Hashable {
        /// The name the pods give the metric; nil for the policy's.
        package var name: String?
        /// The path of the page.
        package var uri: String
        /// 1 to 65535.
        package var port: Int
        /// Which of the target's pods are read, as it was written; nil for the entry pods.
        package var labelSelector: JSONValue?

        init(_ reader: FieldReader) throws(FieldProblem) {
            name = try reader.member("name")?.string()
            let uri = try reader.member("uri")
            self.uri = try uri?.string() ?? ServingDefaults.metricsPath
            guard self.uri.hasPrefix("/") else {
                throw .invalid(uri?.path ?? reader.path, .string(self.uri), "must begin with '/', as in \"/metrics\"")
            }
            let port = try reader.member("port")
            self.port = try port?.count() ?? ServingDefaults.metricsPort
            guard (1...65_535).contains(self.port) else {
                throw .invalid(port?.path ?? reader.path, JSONValue(self.port), "must be between 1 and 65535")
            }
            labelSelector = try reader.member("labelSelector")?.object()
        }
    }

    /// A query to a Prometheus server.
    package struct PrometheusSource: Sendable, Hashable {
        package var serverURL: String
        package var query: String

        init(_ reader: FieldReader) throws(FieldProblem) {
            let url = try reader.required("serverURL")
            let address = try url.string()
            guard ["http://", "https://"].contains(where: { address.hasPrefix($0) && address != $0 }) else {
                throw .invalid(url.path, url.json, "must be an address such as \"http://prometheus.monitoring:9090\"")
            }
            serverURL = address
            let query = try reader.required("query")
            self.query = try query.string()
            guard !self.query.isEmpty else { throw .required(query.path, "a query that answers one number") }
        }
    }
}
