/// What this build is; `martlet version`, `--version`, `/version` and `martlet_build_info` show it.
package enum Version {
    package static let number = "0.1.0"

    /// Registers the metric that says which build runs.
    package static func publish(in metrics: MetricsRegistry, component: String) {
        metrics.gauge(
            "martlet_build_info", help: "Always 1; the labels say what runs", labels: ["component", "version"]
        )
        .set(1, [component, number])
    }
}
