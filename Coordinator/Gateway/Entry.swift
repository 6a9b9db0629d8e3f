import HTTPWire
import Routing
import Synchronization

/// Where a request came in: on the router's own port or on that of a Gateway's listener.
struct Entry {
    /// The router's own port, where it also says how it is.
    var isMain = true
    /// Gateways decide who serves the request; without the Gateway API every port is the same.
    var hasGateways = false
    /// Nil without the Gateway API, and where no listener is for the request's Host.
    var listener: ListenerID?
    /// The client was shown another listener's certificate than that of its request's Host.
    var isMisdirected = false
}

extension GatewayState {
    /// The place of a request that came in on a port.
    func entry(_ head: RequestHead, port: Int, _ arrival: Arrival) -> Entry {
        let isMain = port == mainPort.load(ordering: .relaxed)
        guard let listeners = routes.listeners else { return Entry(isMain: isMain) }
        let listener = listeners.listener(port: port, hostField: head.fields.first(.host) ?? "")
        return Entry(
            isMain: isMain, hasGateways: true, listener: listener,
            isMisdirected: arrival.listener != nil && listener != nil && arrival.listener != listener)
    }
}
