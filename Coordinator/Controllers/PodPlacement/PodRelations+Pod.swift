import JSONValues
import KubernetesAPI
import Placement

extension PodRelations {
    /// What a pod wants of other pods, and what their terms see of it.
    ///
    /// A `namespaceSelector` that is not empty cannot be read without Namespace objects: affinity then counts only the
    /// namespaces it names, anti-affinity keeps away from all; either is the stricter reading.
    init(_ pod: Pod) {
        let spec = pod.object.spec
        self.init(
            namespace: pod.key.namespace, labels: pod.object.labels,
            affinity: PodRelations.terms(spec[path: "affinity", "podAffinity"], pod, unknown: [pod.key.namespace]),
            antiAffinity: PodRelations.terms(spec[path: "affinity", "podAntiAffinity"], pod, unknown: nil),
            spread: (spec["topologySpreadConstraints"]?.elements ?? []).compactMap { PodSpread($0, pod) })
    }

    /// It says something about other pods: what most pods do not.
    static func asks(_ pod: Pod) -> Bool {
        let spec = pod.object.spec
        return !(spec["topologySpreadConstraints"]?.elements ?? []).isEmpty
            || spec[path: "affinity", "podAffinity"] != nil || spec[path: "affinity", "podAntiAffinity"] != nil
    }

    private static func terms(_ json: JSONValue?, _ pod: Pod, unknown: Set<String>?) -> [PodTerm] {
        (json?["requiredDuringSchedulingIgnoredDuringExecution"]?.elements ?? []).map { term in
            let listed = Set(term["namespaces"]?.elements.compactMap(\.string) ?? [])
            let namespaces: Set<String>?
            if let selector = term["namespaceSelector"], !selector.isNull {
                let isEveryNamespace = selector.object.map { $0.isEmpty } ?? false
                namespaces = isEveryNamespace ? nil : unknown.map { listed.isEmpty ? $0 : listed }
            } else {
                namespaces = listed.isEmpty ? [pod.key.namespace] : listed
            }
            return PodTerm(
                topologyKey: term["topologyKey"]?.string ?? "",
                selector: PodSelector(
                    namespaces: namespaces,
                    requirements: requirements(term["labelSelector"], term["matchLabelKeys"], pod)))
        }
    }

    /// Nil, which picks no pod, where there is no selector or it cannot be read.
    static func requirements(_ selector: JSONValue?, _ keys: JSONValue?, _ pod: Pod) -> [LabelRequirement]? {
        guard let selector, !selector.isNull, var list = LabelRequirement.requirements(of: selector) else { return nil }
        for key in keys?.elements.compactMap(\.string) ?? [] {
            if let value = pod.object.labels[key] { list.append(LabelRequirement(key, .isIn, [value])) }
        }
        return list
    }
}

extension PodSpread {
    /// Nil for a constraint that need not hold.
    init?(_ json: JSONValue, _ pod: Pod) {
        guard json["whenUnsatisfiable"]?.string ?? "DoNotSchedule" == "DoNotSchedule" else { return nil }
        let requirements = PodRelations.requirements(json["labelSelector"], json["matchLabelKeys"], pod)
        self.init(
            topologyKey: json["topologyKey"]?.string ?? "", maxSkew: json["maxSkew"]?.integer ?? 1,
            minDomains: json["minDomains"]?.integer ?? 1,
            selector: PodSelector(namespaces: [pod.key.namespace], requirements: requirements),
            honoursAffinity: json["nodeAffinityPolicy"]?.string != "Ignore",
            honoursTaints: json["nodeTaintsPolicy"]?.string == "Honor")
    }
}
