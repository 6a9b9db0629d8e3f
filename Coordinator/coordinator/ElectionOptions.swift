import ArgumentParser
import KubernetesAPI
import KubernetesClient
import Observability
import ServingAPI
import SystemFiles

/// The flags of the election of the replica that reconciles.
struct ElectionOptions: ParsableArguments {
    /// The Lease of Kthena's own controller manager, so that the two never write side by side.
    static let leaseNameDefault = "lease.kthena.controller-manager"

    @Flag(inversion: .prefixedNo, help: "Reconcile only while holding the Lease; off is for a single replica.")
    var leaderElect = true

    @Option(help: "How long the others wait after the leader's last renewal.")
    var leaderElectLeaseDuration = Time(LeaseTiming.standard.duration)

    @Option(help: "How long the leader tries to renew before it stops leading; less than the lease duration.")
    var leaderElectRenewDeadline = Time(LeaseTiming.standard.renewDeadline)

    @Option(help: "Between two tries to take or renew the Lease.")
    var leaderElectRetryPeriod = Time(LeaseTiming.standard.retryPeriod)

    @Option(
        name: [.customLong("leader-elect-namespace"), .customLong("leader-elect-resource-namespace")],
        help: "Namespace of the Lease (default: the service account's, else that of the kubeconfig's context).")
    var namespace: String?

    @Option(name: .customLong("leader-elect-resource-name"), help: "Name of the Lease.")
    var leaseName = ElectionOptions.leaseNameDefault

    func validate() throws {
        let problem = LeaseTiming.problem(
            duration: leaderElectLeaseDuration.duration, renewDeadline: leaderElectRenewDeadline.duration,
            retryPeriod: leaderElectRetryPeriod.duration)
        if let problem { throw ValidationError("--leader-elect: \(problem)") }
    }

    var timing: LeaseTiming {
        LeaseTiming(
            duration: leaderElectLeaseDuration.duration, renewDeadline: leaderElectRenewDeadline.duration,
            retryPeriod: leaderElectRetryPeriod.duration)
    }

    func key(_ client: KubernetesClient) -> ObjectKey {
        ObjectKey(namespace: namespace ?? client.namespace, name: leaseName)
    }

    /// The pod's name where there is one, and what no other process has.
    static var identity: String {
        let host = Environment["POD_NAME"] ?? Environment["HOSTNAME"] ?? "coordinator"
        return "\(host)_\(String(UInt64.random(in: 0 ... .max), radix: 16))"
    }
}

/// A duration as a flag has it, as `15s` or `1m30s`.
struct Time: ExpressibleByArgument {
    var duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = DurationText.parse(argument) else { return nil }
        self.duration = duration
    }

    var defaultValueDescription: String {
        let (seconds, attoseconds) = duration.components
        return attoseconds == 0 ? "\(seconds)s" : "\(seconds * 1_000 + attoseconds / 1_000_000_000_000_000)ms"
    }
}
