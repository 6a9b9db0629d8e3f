extension FieldManual {
    static let podText = """
        spec Object What is to run.
        \(podSpec)
        status Object What is observed; written by the node's agent.
          phase string Pending, Running, Succeeded, Failed or Unknown.
          conditions []Object PodScheduled, Initialized, ContainersReady and Ready, and why.
            type string! What the condition is about.
            status string! True, False or Unknown.
            reason string Why, in one CamelCase word.
            message string Why, in a sentence.
            lastTransitionTime time When status last changed.
          podIP string The address of the pod. With host processes, that of the node.
          podIPs []Object All of its addresses.
          hostIP string The address of its node.
          startTime time When its node took it on.
          qosClass string Guaranteed, Burstable or BestEffort, by its requests and limits.
          reason string Why it is in its phase, in one word.
          message string Why it is in its phase, in a sentence.
          containerStatuses []Object How each container is.
            name string! The container.
            ready boolean Whether it passes its readiness probe.
            started boolean Whether it has passed its startup probe.
            restartCount integer How often it was started again.
            state Object One of waiting, running and terminated, with reason and times.
            lastState Object The same of its life before.
            image string The image it runs.
          initContainerStatuses []Object How each init container is.
        """

    private static let podSpec =
        """
          containers []Object! What runs in the pod, at least one, all started together.
        \(container)
          initContainers []Object Run one after another, each to its end, before the containers start.
        \(container)
          volumes []Object Files that containers can mount.
            name string! Its name, unique in the pod.
            emptyDir Object A folder that goes with the pod.
              medium string Memory for one in memory; the node's disk by default.
              sizeLimit quantity The most it may hold. No limit by default.
            hostPath Object A path of the node.
              path string! The path.
              type string What must be there, such as Directory or File. Nothing is checked by default.
            configMap Object Files made of a ConfigMap.
              name string The ConfigMap, in the pod's namespace.
              items []Object Which keys become which paths; all of them under their own names by default.
              defaultMode integer Rights of the files, 0644 by default.
              optional boolean Whether it may be missing.
            secret Object Files made of a Secret.
              secretName string The Secret, in the pod's namespace.
              items []Object Which keys become which paths; all of them under their own names by default.
              defaultMode integer Rights of the files, 0644 by default.
              optional boolean Whether it may be missing.
            persistentVolumeClaim Object Storage that outlives the pod.
              claimName string! The claim, in the pod's namespace.
              readOnly boolean Whether it is mounted for reading only.
            downwardAPI Object Files made of the pod's own fields.
            projected Object Several of these in one folder.
          nodeName string The node it runs on. Set by whoever places it; setting it oneself skips placement.
          nodeSelector map Labels its node must carry.
          schedulerName string Who places it. default-scheduler by default.
          affinity Object Nodes and pods it should be near to or far from.
          tolerations []Object Taints of nodes it accepts.
            key string The taint; any one where it is empty and operator is Exists.
            operator string Equal (the default) or Exists.
            value string The taint's value, with Equal.
            effect string NoSchedule, PreferNoSchedule or NoExecute; every effect by default.
            tolerationSeconds integer Seconds it may stay under NoExecute. For ever by default.
          topologySpreadConstraints []Object How evenly pods are spread over nodes or zones.
          restartPolicy string What happens when a container ends: Always (the default), OnFailure or Never.
          terminationGracePeriodSeconds integer Seconds its processes get to end before they are killed. 30 by default.
          activeDeadlineSeconds integer Seconds it may run at most. No limit by default.
          serviceAccountName string Who its processes are, in its namespace.
          automountServiceAccountToken boolean Whether its containers get that account's token.
          hostNetwork boolean Whether it shares the node's network. false by default.
          hostIPC boolean Whether it shares the node's shared memory and queues. false by default.
          hostPID boolean Whether it sees the node's processes. false by default.
          hostname string Its host name; its own name by default.
          subdomain string A headless Service under whose name it is found.
          hostAliases []Object Lines of its hosts file.
          dnsPolicy string Where it asks for names. ClusterFirst by default.
          dnsConfig Object More about where it asks for names.
          imagePullSecrets []Object Secrets for the image registry.
          securityContext Object Users, groups and kernel settings of all its containers.
          priorityClassName string How important it is beside others.
          priority integer The same as a number, made of the class.
          preemptionPolicy string Whether others may be removed for it.
          runtimeClassName string What runs its containers; the node's own runtime by default.
          readinessGates []Object Conditions others must set before it counts as ready.
          schedulingGates []Object Names that hold it back from being placed until they are taken off.
          resourceClaims []Object Devices claimed for it.
          shareProcessNamespace boolean Whether its containers see each other's processes. false by default.
          enableServiceLinks boolean Whether services become environment variables. true by default.
          overhead quantities What running it costs beside its containers.
        """

    private static let container = """
            name string! Its name, unique in the pod.
            image string The image, without white space.
            imagePullPolicy string Always, IfNotPresent or Never. By default Always for images tagged latest or not.
            command []string What is run in place of the image's entry point.
            args []string Its arguments in place of the image's own. $(NAME) stands for a variable of env.
            workingDir string Where it starts; the image's own folder by default.
            env []Object Environment variables.
              name string! The variable.
              value string Its value. $(NAME) stands for a variable before it.
              valueFrom Object Where its value comes from: fieldRef, resourceFieldRef, configMapKeyRef or secretKeyRef.
            envFrom []Object ConfigMaps and Secrets whose keys all become variables.
            ports []Object Ports it listens on; for information, but used by name.
              name string The port's name.
              containerPort integer! The number, 1 to 65535.
              protocol string TCP (the default), UDP or SCTP.
              hostPort integer The same port of the node.
            resources Object What it asks for and may use at most.
              requests quantities What is set aside for it. Its limits by default.
              limits quantities What it may not exceed. For devices, as much as its requests.
              claims []Object Devices out of the pod's claims.
            volumeMounts []Object Where its volumes are.
              name string! A volume of the pod.
              mountPath string! The path in the container.
              subPath string A path in the volume. All of it by default.
              readOnly boolean Whether it is mounted for reading only. false by default.
            livenessProbe Object Restarts it when it fails: exec, httpGet, tcpSocket or grpc, with times and thresholds.
            readinessProbe Object Takes it out of services while it fails; the same forms.
            startupProbe Object Holds the other probes back until it passes; the same forms.
            lifecycle Object What is done after its start and before its end.
            securityContext Object Its user, group and rights.
            terminationMessagePath string The file whose text says why it ended. /dev/termination-log by default.
            terminationMessagePolicy string File (the default) or FallbackToLogsOnError.
            restartPolicy string Of an init container: Always makes it run beside the containers.
            tty boolean Whether it has a terminal. false by default.
            stdin boolean Whether its input stays open. false by default.
        """
}
