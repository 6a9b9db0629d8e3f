import AgentProtocol

/// Where each kind of engine answers.
extension EngineKind {
    /// The port it serves HTTP on unless it is told another.
    var defaultPort: Int {
        switch self {
        case .vLLM, .tensorRTLLM: 8_000
        case .sgLang: 30_000
        case .tgi: 3_000
        case .triton: 9_000
        }
    }

    var healthPath: String { self == .triton ? "/health/ready" : "/health" }

    /// The page in the text format of Prometheus. At `/metrics` trtllm-serve tells its iterations in JSON.
    var metricsPath: String { self == .tensorRTLLM ? "/prometheus/metrics" : "/metrics" }
}
