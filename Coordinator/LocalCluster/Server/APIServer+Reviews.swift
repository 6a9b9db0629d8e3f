import Hummingbird
import JSONValues
import KubernetesAPI
import ServingAPI

extension APIServer {
    /// Answers kinds that are asked and not stored. There is one user, who may do everything.
    func review(_ kind: ServedKind, _ request: APIRequest) throws(APIStatus) -> Response {
        guard request.method == .post else { throw .methodNotAllowed("\(request.method) of \(kind.kind.plural)") }
        var review = try request.document()
        review["kind"] = .string(kind.kind.kind)
        review["apiVersion"] = .string(kind.kind.apiVersion)
        switch kind.kind.kind {
        case "SelfSubjectAccessReview", "SubjectAccessReview", "LocalSubjectAccessReview":
            review["status"] = ["allowed": true, "reason": "the local cluster has one user, who may do everything"]
        case "SelfSubjectRulesReview":
            review["status"] = [
                "resourceRules": [["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]],
                "nonResourceRules": [["verbs": ["*"], "nonResourceURLs": ["*"]]], "incomplete": false,
            ]
        case "SelfSubjectReview":
            review["status"] = ["userInfo": request.user.json]
        default: throw .noSuchPath
        }
        return .json(review, status: .created)
    }

    /// Makes a token of a ServiceAccount (`serviceaccounts/token`).
    func makeToken(_ key: ObjectKey, _ request: APIRequest) throws(APIStatus) -> Response {
        let kind = ServedKind(.serviceAccount)
        guard let account = store[StorageKey(kind.storage, key)]?.object else {
            throw .notFound(kind, name: key.name)
        }
        var answer = try request.document()
        let seconds = answer[path: "spec", "expirationSeconds"]?.integer ?? ServiceAccountTokens.secondsDefault
        guard ServiceAccountTokens.secondsBounds.contains(seconds) else {
            throw .invalid(
                kind, name: key.name,
                [
                    .invalid(
                        "spec.expirationSeconds", JSONValue(seconds),
                        "may not be less than \(ServiceAccountTokens.secondsBounds.lowerBound) seconds or more than "
                            + "\(ServiceAccountTokens.secondsBounds.upperBound)")
                ])
        }
        let end = store.now + .seconds(seconds)
        let token = try authentication.accountTokens.token(
            for: .init(key: key, uid: account.uid), expiry: end.microseconds / 1_000_000)
        answer["kind"] = "TokenRequest"
        answer["apiVersion"] = "authentication.k8s.io/v1"
        answer[path: "spec", "expirationSeconds"] = JSONValue(seconds)
        answer["status"] = ["token": .string(token), "expirationTimestamp": .string(end.description)]
        return .json(answer, status: .created)
    }
}
