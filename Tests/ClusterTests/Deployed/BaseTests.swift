import JSONValues
import Manifests
import TestKit
import Testing

/// What `kubectl apply -k deploy/base` installs.
@Suite struct BaseTests {
    /// The objects of the base; none where there is no kubectl to build it.
    static func objects() async throws -> [JSONValue] {
        let built = try await Command.run(Repository.kubectl, ["kustomize", "\(Repository.root)/deploy/base"])
        try #require(built.succeeded, "\(built.errors)")
        return try Manifest.documents(built.output, source: "deploy/base")
    }

    private static func templates() async throws -> [(owner: JSONValue, pod: JSONValue)] {
        try await objects().compactMap { object in
            object[path: "spec", "template", "spec"].map { (object, $0) }
        }
    }

    @Test func `all parts are there, in one namespace`() async throws {
        let objects = try await Self.objects()
        let count = { (kind: String) in objects.count { $0["kind"]?.string == kind } }
        #expect(count("CustomResourceDefinition") >= 6)
        #expect(count("Deployment") == 1 && count("DaemonSet") == 1 && count("PodDisruptionBudget") == 1)
        #expect(count("NetworkPolicy") == 2 && count("PriorityClass") == 1 && count("ServiceAccount") == 2)
        for object in objects {
            if let namespace = object[path: "metadata", "namespace"] { #expect(namespace == "martlet-system") }
            #expect(object[path: "metadata", "labels", "app.kubernetes.io/part-of"] == "martlet")
        }
        let services = objects.filter { $0["kind"] == "Service" }.compactMap { $0[path: "metadata", "name"]?.string }
        #expect(
            Set(services).isSuperset(of: [
                "kthena-router", "kthena-router-metrics", "kthena-controller-manager-webhook", "kthena-router-webhook",
            ]))
    }

    @Test func `containers run with nothing they do not need`() async throws {
        for (_, pod) in try await Self.templates() {
            #expect(pod[path: "securityContext", "runAsNonRoot"] == true)
            #expect(pod[path: "securityContext", "runAsUser"] == 65_532)
            #expect(pod[path: "securityContext", "seccompProfile", "type"] == "RuntimeDefault")
            #expect(pod["hostNetwork"] == nil && pod["hostPID"] == nil && pod["priorityClassName"] == "martlet")
            for container in pod["containers"]?.elements ?? [] {
                let context = container["securityContext"]
                #expect(context?["allowPrivilegeEscalation"] == false && context?["privileged"] == nil)
                #expect(context?["readOnlyRootFilesystem"] == true)
                #expect(context?[path: "capabilities", "drop"] == ["ALL"])
                for probe in ["startupProbe", "livenessProbe", "readinessProbe"] { #expect(container[probe] != nil) }
                #expect(container[path: "resources", "requests", "cpu"] != nil)
                #expect(container[path: "resources", "limits", "memory"] != nil)
            }
        }
    }

    @Test func `arguments are flags of the program`() async throws {
        for (owner, pod) in try await Self.templates() {
            let name = owner[path: "metadata", "name"]?.string ?? ""
            let help = try await Command.run("\(Repository.root)/.build/debug/\(name)", ["--help"])
            for argument in pod["containers"]?[0]?["args"]?.elements.compactMap(\.string) ?? [] {
                let flag = argument.split(separator: "=").first.map(String.init) ?? argument
                #expect(help.output.contains("\(flag) "), "\(name) has no \(flag)")
            }
        }
    }

    @Test func `no rule of a program names everything`() async throws {
        for object in try await Self.objects() where ["Role", "ClusterRole"].contains(object["kind"]?.string) {
            let labels = object[path: "metadata", "labels"]?.stringMap ?? [:]
            guard !labels.keys.contains(where: { $0.hasPrefix("rbac.authorization.k8s.io/aggregate") }) else {
                continue
            }
            for rule in object["rules"]?.elements ?? [] {
                let words = ["apiGroups", "resources", "verbs"].flatMap { rule[$0]?.elements ?? [] }
                #expect(!words.contains("*"), "\(rule.text())")
                let readsSecrets =
                    rule["resources"]?.elements.contains("secrets") == true && rule["verbs"] != ["create"]
                // Credentials of providers lie in any namespace, known by a label, which no rule can name.
                let followsCredentials = rule["verbs"] == ["list", "watch"] && rule["resources"] == ["secrets"]
                #expect(!readsSecrets || rule["resourceNames"] != nil || followsCredentials, "\(rule.text())")
            }
        }
    }

    @Test func `the list of definitions names every file`() async throws {
        let crds = "\(Repository.root)/deploy/crds"
        let listed = try Manifest.document(
            try Repository.text("\(crds)/Kustomization"), source: "deploy/crds/Kustomization")["resources"]
        #expect(listed?.elements.compactMap(\.string).sorted() == Repository.names(in: crds, ending: ".yaml"))
    }
}
