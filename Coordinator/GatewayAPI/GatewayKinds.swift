package import KubernetesAPI

/// Names of the Gateway API that mean this router; Kthena's, so that its objects are served as they are.
package enum GatewayNames {
    package static let group = "gateway.networking.k8s.io"
    package static let poolGroup = "inference.networking.k8s.io"
    package static let className = "kthena-router"
    package static let controller = "volcano.sh/kthena-router"
    /// The Gateway that the router makes for its own port, and the name of its listener.
    package static let defaultGateway = "default"
}

/// Kinds of the Gateway API and its inference extension, which a cluster may or may not serve.
extension ResourceKind {
    package static let gatewayClass = ResourceKind(
        group: GatewayNames.group, kind: "GatewayClass", plural: "gatewayclasses", isNamespaced: false)
    package static let gateway = ResourceKind(group: GatewayNames.group, kind: "Gateway", plural: "gateways")
    package static let httpRoute = ResourceKind(group: GatewayNames.group, kind: "HTTPRoute", plural: "httproutes")
    package static let referenceGrant = ResourceKind(
        group: GatewayNames.group, version: "v1beta1", kind: "ReferenceGrant", plural: "referencegrants")
    package static let inferencePool = ResourceKind(
        group: GatewayNames.poolGroup, kind: "InferencePool", plural: "inferencepools")
}
