import Certificates
import ClusterKit
import JSONValues
import KubernetesAPI
import KubernetesClient
import Observability
import ServiceLifecycle
import ServingAPI
import Synchronization
import Testing

@testable import Admission

/// What holds on a real API server that calls these webhooks; skipped where none is given.
@Suite(.serialized, .enabled(if: RealServer.named != nil)) struct WebhookContract {
    @Test func `every rule has an object it accepts and one it refuses`() async throws {
        try await ControlPlane.with { plane in
            for row in ContractRow.serving + ContractRow.others {
                let answer = try await plane.create(row.kind, try row.object())
                guard let refusal = row.refusal else {
                    #expect(answer.code == 201, "\(row): \(answer.text)")
                    continue
                }
                #expect([400, 403, 422].contains(answer.code), "\(row): \(answer.code)")
                #expect(answer.body["message"]?.string?.contains(refusal) == true, "\(row): \(answer.text)")
            }
        }
    }

    @Test func `an empty behaviour is stored with five minutes before shrinking`() async throws {
        try await ControlPlane.with { plane in
            let answer = try await plane.create(.autoscalingPolicy, ReviewObjects.policy)
            #expect(answer.code == 201, "\(answer.text)")
            #expect(answer.body[path: "spec", "behavior", "scaleDown", "stabilizationWindow"] == "5m")
        }
    }

    @Test func `several problems come in several lines, old fields as warnings`() async throws {
        try await ControlPlane.with { plane in
            var object = ContractObjects.serving
            object[path: "spec", "rolloutStrategy"] = ["rollingUpdateConfiguration": ["maxUnavailable": 0]]
            object[path: "spec", "template", "gangPolicy"] = ["minRoleReplicas": ["router": 1]]
            object[path: "spec", "template", "networkTopology"] = ["mode": "hard", "highestTierAllowed": 1]
            let refused = try await plane.create(.modelServing, object)
            let lines = (refused.body["message"]?.string ?? "").split(separator: "\n")
            #expect(lines.count == 3 && lines.first?.hasSuffix("validation failed:") == true, "\(refused.text)")
            object[path: "spec", "rolloutStrategy"] = nil
            object[path: "spec", "template", "gangPolicy"] = nil
            let accepted = try await plane.create(.modelServing, object)
            #expect(accepted.code == 201)
            #expect(accepted.warnings.contains { $0.contains("spec.template.networkTopology") }, "\(accepted.warnings)")
        }
    }

    @Test func `what may not change does not`() async throws {
        try await ControlPlane.with { plane in
            var serving = KubernetesObject(ContractObjects.serving)
            serving.namespace = plane.namespace
            serving.spec[path: "template", "gangPolicy"] = ["minRoleReplicas": ["prefill": 1]]
            let stored = try await plane.client.create(.modelServing, serving)
            let path = ResourceKind.modelServing.path(namespace: plane.namespace, name: "ds")
            for policy in [nil, ["minRoleReplicas": ["prefill": 2]]] as [JSONValue?] {
                var changed = stored
                changed.spec[path: "template", "gangPolicy"] = policy
                let answer = try await plane.send("PUT", path, changed.json)
                #expect(answer.code == 422 && answer.text.contains("delete and create"), "\(answer.text)")
            }
            var route = KubernetesObject(ContractObjects.route)
            route.namespace = plane.namespace
            var renamed = try await plane.client.create(.modelRoute, route)
            renamed.spec["modelName"] = "other"
            let answer = try await plane.send(
                "PUT", ResourceKind.modelRoute.path(namespace: plane.namespace, name: "ds"), renamed.json)
            #expect(answer.code == 422 && answer.text.contains("modelName"), "\(answer.text)")
        }
    }

    @Test func `an authority that was overwritten is put back`() async throws {
        try await ControlPlane.with { plane in
            let (kind, name) = WebhookEndpoint.configurations[0]
            let start = ContinuousClock.now
            _ = try await plane.client.patch(
                kind, name: name,
                .json([["op": "remove", "path": "/webhooks/0/clientConfig/caBundle"]]))
            try await eventually("\(name) is repaired") { try await plane.bundles(kind, name).allSatisfy { $0 } }
            #expect(ContinuousClock.now - start < .seconds(10))
            try await eventually("the webhook is called again") {
                try await plane.create(.modelServing, ContractObjects.serving).code == 201
            }
        }
    }

    @Test func `certificates change while requests are answered, and none fails`() async throws {
        try await ControlPlane.with { plane in
            let answered = Mutex(0)
            let caller = Repeating {
                let answer = try await plane.create(.modelServing, ContractObjects.serving)
                #expect(answer.code == 201, "\(answer.text)")
                answered.withLock { $0 += 1 }
            }
            try await beside([caller]) {
                for step in [CertificatePlan.Step.issueServer, .addAuthority, .issueServer] {
                    let before = answered.withLock { $0 }
                    try await plane.take(step)
                    try await eventually("requests go on after \(step)") {
                        answered.withLock { $0 } > before + 20
                    }
                }
            }
            #expect(answered.withLock { $0 } > 60)
        }
    }
}

/// Does one thing again and again.
private struct Repeating: Service {
    let step: @Sendable () async throws -> Void

    func run() async throws { while !Task.isCancelled { try await step() } }
}

extension ControlPlane {
    /// Renews the certificates in the Secret as a replica would, and waits until the configurations know of it.
    func take(_ step: CertificatePlan.Step) async throws {
        var secret = try await client.get(.secret, namespace: namespace, name: store.configuration.secretName)
        secret.json["data"] = try store.plan.perform(step, on: CertificateSecret(secret)).data
        _ = try await client.replace(.secret, secret)
        for (kind, name) in WebhookEndpoint.configurations {
            try await eventually("\(name) knows of it") { try await bundles(kind, name).allSatisfy { $0 } }
        }
    }
}
