import ArgumentParser
import KubernetesClient
import Logging
import Observability

/// The flags that say which API server is worked with, and how hard.
struct APIClientOptions: ParsableArguments {
    @Option(help: "kubeconfig of the API server (default: the pod's service account, else ~/.kube/config).")
    var kubeconfig: String?

    @Option(help: "URL of the API server, instead of the one that the configuration names.")
    var master: String?

    // A negative number begins with a dash.
    @Option(
        name: .customLong("kube-api-qps"), parsing: .unconditional,
        help: "Requests a second to the API server in the long run; 0 for the default, less for no limit.")
    var requestsPerSecond = RequestLimits.standard.perSecond

    @Option(
        name: .customLong("kube-api-burst"), help: "Requests to the API server at once after a rest; 0 for the default."
    )
    var burst = RequestLimits.standard.burst

    func validate() throws {
        guard burst >= 0 else { throw ValidationError("--kube-api-burst must be 0 or more, not \(burst)") }
    }

    /// Nil for none.
    private var limits: RequestLimits? {
        if requestsPerSecond < 0 { return nil }
        let standard = RequestLimits.standard
        return RequestLimits(
            perSecond: requestsPerSecond == 0 ? standard.perSecond : requestsPerSecond,
            burst: burst == 0 ? standard.burst : burst)
    }

    /// The client of everything, and one for the election alone: its requests wait neither for a limit nor behind
    /// others, and go over a connection of their own.
    func clients(metrics: MetricsRegistry) throws -> (work: KubernetesClient, election: KubernetesClient) {
        let configuration = try ClientConfiguration.load(kubeconfig: kubeconfig, server: master)
        let logger = Logger(label: "kubernetes")
        return (
            try KubernetesClient(configuration, limits: limits, metrics: metrics, logger: logger),
            try KubernetesClient(configuration, limits: nil, metrics: metrics, logger: logger)
        )
    }
}
