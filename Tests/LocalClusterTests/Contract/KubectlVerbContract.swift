import JSONValues
import TestKit
import Testing

/// What people do with kubectl, on either server.
@Suite(.serialized, .enabled("kubectl is not on PATH") { await Kubectl.isPresent })
struct KubectlVerbContract {
    private func fill(_ kubectl: Kubectl, _ names: [String] = ["a", "b", "c"]) async throws {
        for name in names {
            let made = try await kubectl.apply(Widget.named(name, replicas: 1).text())
            try #require(made.succeeded, "\(made.errors)")
        }
    }

    @Test func `lists in chunks, by fields and as columns`() async throws {
        try await Kubectl.contract { kubectl, _ in
            try await fill(kubectl)
            let chunked = try await kubectl("get", "widgets", "--chunk-size=1", "-o", "name").components
            #expect(chunked.count == 3)
            let chosen = try await kubectl("get", "widgets", "--field-selector", "metadata.name!=b", "-o", "name")
            #expect(chosen.components == ["widget.contract.martlet.test/a", "widget.contract.martlet.test/c"])
            let columns = try await kubectl("get", "wd", "-o", "custom-columns=N:.metadata.name,C:.spec.color")
            #expect(columns.components == ["N", "C", "a", "red", "b", "red", "c", "red"])
        }
    }

    @Test func `edit writes what the editor left`() async throws {
        try await Kubectl.contract { kubectl, _ in
            try await fill(kubectl, ["a"])
            let editor = "\(kubectl.directory)/editor.sh"
            try write("#!/bin/sh\nsed -i 's/color: red/color: green/' \"$1\"\n", to: editor)
            let edited = try await kubectl.run(["edit", "widget", "a"], environment: ["KUBE_EDITOR": "sh \(editor)"])
            #expect(edited.output.contains("edited"), "\(edited.errors)")
            #expect(try await kubectl("get", "widget", "a", "-o", "jsonpath={.spec.color}") == "green")
        }
    }

    @Test func `a server dry run of any verb answers and changes nothing`() async throws {
        try await Kubectl.contract { kubectl, _ in
            try await fill(kubectl, ["a"])
            let before = try await kubectl("get", "widget", "a", "-o", "json")
            try write(Widget.named("a", replicas: 7).text(), to: kubectl.file)
            let verbs: [[String]] = [
                ["apply", "-f", kubectl.file], ["apply", "--server-side", "--force-conflicts", "-f", kubectl.file],
                ["replace", "-f", kubectl.file], ["label", "widget", "a", "x=y"], ["annotate", "widget", "a", "x=y"],
                ["patch", "widget", "a", "--type=merge", "-p", #"{"spec":{"replicas":5}}"#],
                ["patch", "widget", "a", "--type=json", "-p", #"[{"op":"remove","path":"/spec/color"}]"#],
                ["scale", "widget/a", "--replicas=9"], ["delete", "widget", "a"], ["delete", "widgets", "--all"],
                ["create", "configmap", "new", "--from-literal=a=b"],
            ]
            for verb in verbs where !verb.contains("--type=json") {
                let result = try await kubectl.run(verb + ["--dry-run=server"])
                #expect(result.succeeded, "\(verb): \(result.errors)")
            }
            let removal = verbs.first { $0.contains("--type=json") } ?? []
            let refused = try await kubectl.run(removal + ["--dry-run=server"])
            #expect(refused.errors.contains("spec.color"), "a dry run checks: \(refused.errors)")
            #expect(try await kubectl("get", "widget", "a", "-o", "json") == before)
            #expect(try await kubectl.run(["get", "configmap", "new"]).succeeded == false)
        }
    }

    @Test func `diff shows what apply would change`() async throws {
        try await Kubectl.contract { kubectl, _ in
            try await fill(kubectl, ["a"])
            try write(Widget.named("a", replicas: 7).text(), to: kubectl.file)
            let result = try await kubectl.run(["diff", "-f", kubectl.file])
            #expect(result.status == 1)
            #expect(result.output.contains("-  replicas: 1") && result.output.contains("+  replicas: 7"))
            #expect(try await kubectl("get", "widget", "a", "-o", "jsonpath={.spec.replicas}") == "1")
        }
    }

    @Test func `unknown fields are refused, told or left out as asked`() async throws {
        try await Kubectl.contract { kubectl, _ in
            let manifest = Widget.named("a").merging(["spec": ["colour": 1]]).text()
            let strict = try await kubectl.apply(manifest)
            #expect(!strict.succeeded && strict.errors.contains("colour"), "\(strict.errors)")
            let warned = try await kubectl.apply(manifest, "--validate=warn")
            #expect(warned.succeeded && warned.errors.contains("colour"), "\(warned.errors)")
            let silent = try await kubectl.apply(manifest, "--validate=ignore")
            #expect(silent.succeeded && !silent.errors.contains("colour"), "\(silent.errors)")
        }
    }

    @Test func `wait sees values come and objects go`() async throws {
        try await Kubectl.contract { kubectl, server in
            try await fill(kubectl, ["a"])
            async let value = kubectl(
                "wait", "widget/a", "--for=jsonpath={.status.phase}=Running", "--timeout=15s")
            _ = try await server.api.patch(server.path("widgets", "/a/status"), ["status": ["phase": "Running"]])
            #expect(try await value.contains("condition met"))
            async let gone = kubectl.run(["wait", "widget/a", "--for=delete", "--timeout=15s"])
            _ = try await server.api.delete(server.path("widgets", "/a"))
            #expect(try await gone.succeeded)
            let late = try await kubectl.run(["wait", "configmap/never", "--for=jsonpath={.data.a}=b", "--timeout=1s"])
            #expect(!late.succeeded)
        }
    }

    @Test func `label, annotate, patch, replace, scale and delete do what they say`() async throws {
        try await Kubectl.contract { kubectl, _ in
            try await fill(kubectl)
            _ = try await kubectl("label", "widget", "a", "tier=x")
            _ = try await kubectl("label", "widget", "a", "tier-")
            _ = try await kubectl("annotate", "widgets", "--all", "note=n")
            _ = try await kubectl(
                "patch", "widget", "a", "--type=json", "-p", #"[{"op":"replace","path":"/spec/color","value":"green"}]"#
            )
            _ = try await kubectl("scale", "widget/a", "--current-replicas=1", "--replicas=4")
            let shown = try await kubectl(
                "get", "widget", "a", "-o",
                "jsonpath={.metadata.labels} {.metadata.annotations.note} {.spec.color} {.spec.replicas}")
            #expect(shown.components == ["n", "green", "4"])
            try write(Widget.named("a", replicas: 2).text(), to: kubectl.file)
            _ = try await kubectl("replace", "-f", kubectl.file)
            #expect(try await kubectl("get", "widget", "a", "-o", "jsonpath={.spec.color}") == "red")
            let wrong = try await kubectl.run(["scale", "widget/a", "--current-replicas=1", "--replicas=4"])
            #expect(wrong.errors.contains("Expected replicas to be 1, was 2"), "\(wrong.errors)")
            #expect(try await kubectl("delete", "widgets", "--all").components.filter { $0 == "deleted" }.count == 3)
            #expect(try await kubectl("get", "widgets", "-o", "name").isEmpty)
        }
    }

    @Test func `questions about rights are answered`() async throws {
        try await Kubectl.contract { kubectl, _ in
            let one = try await kubectl("auth", "can-i", "delete", "pods")
            #expect(one.components == ["yes"])
            let custom = try await kubectl("auth", "can-i", "create", "widgets.contract.martlet.test")
            #expect(custom.components == ["yes"])
            let all = try await kubectl("auth", "can-i", "--list")
            #expect(all.contains("*.*"))
        }
    }

    @Test func `small objects are made by their verbs`() async throws {
        try await Kubectl.contract { kubectl, server in
            _ = try await kubectl("create", "configmap", "c", "--from-literal=a=b")
            _ = try await kubectl("create", "secret", "generic", "s", "--from-literal=a=b")
            _ = try await kubectl("create", "serviceaccount", "bot")
            _ = try await kubectl("create", "role", "r", "--verb=get,list", "--resource=pods")
            _ = try await kubectl("create", "rolebinding", "r", "--role=r", "--serviceaccount=\(server.namespace):bot")
            let role = try await kubectl("get", "role", "r", "-o", "json")
            #expect(try JSONValue.parse(role)["rules"]?[0]?["apiGroups"] == [""])
            let subject = try await kubectl("get", "rolebinding", "r", "-o", "jsonpath={.subjects[0].name}")
            #expect(subject == "bot")
            let token = try await kubectl("create", "token", "bot", "--duration=1h").components.first ?? ""
            let account = APIConnection(server: server.api.server, token: token, client: server.api.client)
            #expect(try await account.get("/api").code == 200, "the token is let in")
            let forged = APIConnection(server: server.api.server, token: token + "A", client: server.api.client)
            #expect(try await forged.get("/api").code == 401)
        }
    }

    @Test func `rollout says that it knows nothing of a kind`() async throws {
        try await Kubectl.contract { kubectl, _ in
            try await fill(kubectl, ["a"])
            let result = try await kubectl.run(["rollout", "status", "widget/a"])
            #expect(!result.succeeded && result.errors.contains("no kind \"Widget\" is registered"), "\(result.errors)")
        }
    }
}
