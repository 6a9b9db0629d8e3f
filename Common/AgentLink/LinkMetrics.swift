package import Observability

/// The instruments of both ends of the link.
package struct LinkMetrics: Sendable {
    package let messages: Counter
    package let bytes: Counter
    package let refusedHandshakes: Counter
    package let refusedMessages: Counter
    package let snapshots: Counter
    package let agents: Gauge
    package let connected: Gauge
    package let reconnects: Counter
    package let droppedWork: Counter

    package init(_ registry: MetricsRegistry) {
        messages = registry.counter(
            "martlet_link_messages_total", help: "Messages of the agent link, by direction.", labels: ["direction"])
        bytes = registry.counter(
            "martlet_link_bytes_total", help: "Bytes of messages of the agent link, by direction.",
            labels: ["direction"])
        refusedHandshakes = registry.counter(
            "martlet_link_handshakes_refused_total", help: "Connections that failed the handshake, by reason.",
            labels: ["reason"])
        refusedMessages = registry.counter(
            "martlet_link_messages_refused_total", help: "Messages that were ignored, by reason.",
            labels: ["reason"])
        snapshots = registry.counter(
            "martlet_link_snapshots_total", help: "Snapshots sent or received in place of single changes.")
        agents = registry.gauge("martlet_link_agents", help: "Agents connected to this coordinator.")
        connected = registry.gauge(
            "martlet_link_connected", help: "1 while the link to a coordinator is up.", labels: ["endpoint"])
        reconnects = registry.counter(
            "martlet_link_reconnects_total", help: "Links to a coordinator that were lost and dialled again.",
            labels: ["endpoint"])
        droppedWork = registry.counter(
            "martlet_link_work_dropped_total",
            help: "Messages about requests under way that found no room on their way to other coordinators.")
    }
}
