{{/*
The name of everything. It does not follow the release's: Lease, ledger and key of the fingerprints belong to the namespace,
RoleBindings of tenants are found by name, and a release that follows another must take up the same.
*/}}
{{- define "inference-operator.fullname" -}}
{{ .Values.fullnameOverride | default "inference-operator" }}
{{- end }}

{{- define "inference-operator.serviceAccountName" -}}
{{ .Values.serviceAccount.name | default (include "inference-operator.fullname" .) }}
{{- end }}

{{- define "inference-operator.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- define "inference-operator.labels" -}}
app.kubernetes.io/name: inference-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The operator's pods, and not the jobs'. */}}
{{- define "inference-operator.selector" -}}
app.kubernetes.io/name: inference-operator
app.kubernetes.io/component: operator
{{- end }}

{{/* Labels of pods, without the chart's version: a new chart with the same image need not replace them. */}}
{{- define "inference-operator.podLabels" -}}
app.kubernetes.io/name: inference-operator
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
{{- with (index . 0).Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Annotations: further ones, and those of everything. Call with a list: root, dict, how far to indent. */}}
{{- define "inference-operator.annotations" -}}
{{- with merge (dict) (index . 1) (index . 0).Values.commonAnnotations }}
{{- printf "annotations:\n%s" (toYaml . | indent 2) | nindent (index $ 2) }}
{{- end }}
{{- end }}

{{- define "inference-operator.subject" -}}
kind: ServiceAccount
name: {{ include "inference-operator.serviceAccountName" . | toYaml }}
namespace: {{ .Release.Namespace }}
{{- end }}

{{/*
What the chart's own jobs have in common: their pod's spec. Call with a dict: root, name, account (ServiceAccount), args.
*/}}
{{- define "inference-operator.jobPod" -}}
{{- $root := .root -}}
restartPolicy: Never
serviceAccountName: {{ toYaml .account }}
enableServiceLinks: false
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml $root.Values.podSecurityContext | nindent 2 }}
{{- with $root.Values.priorityClassName }}
priorityClassName: {{ toYaml . }}
{{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: {{ .name }}
    image: {{ include "inference-operator.image" $root }}
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    args:
      {{- toYaml .args | nindent 6 }}
    env:
      - name: POD_NAMESPACE
        valueFrom:
          fieldRef:
            fieldPath: metadata.namespace
    # So that `kubectl describe` says why it failed.
    terminationMessagePolicy: FallbackToLogsOnError
    resources:
      {{- toYaml $root.Values.jobs.resources | nindent 6 }}
    securityContext:
      {{- toYaml $root.Values.securityContext | nindent 6 }}
{{- end }}

{{/*
Whether an object that outlives releases is here and belongs to another one, or to none: Helm refuses to take it over.
Call with a list: root, what lookup found. Answers "true", or nothing.
*/}}
{{- define "inference-operator.foreign" -}}
{{- $root := index . 0 }}
{{- $annotations := dig "metadata" "annotations" dict (index . 1) }}
{{- $name := get $annotations "meta.helm.sh/release-name" }}
{{- $namespace := get $annotations "meta.helm.sh/release-namespace" }}
{{- if and (index . 1) (or (ne $name $root.Release.Name) (ne $namespace $root.Release.Namespace)) }}true{{ end }}
{{- end }}

{{/* The versions of a CRD, without what Kubernetes 1.30 drops. */}}
{{- define "inference-operator.versions" -}}
{{- $versions := list }}
{{- range .spec.versions }}{{ $versions = append $versions (omit . "selectableFields") }}{{ end }}
{{- toJson $versions }}
{{- end }}

{{/* What to do about a CRD that is older than the chart's and another release's. Call with a list: root, name, its version. */}}
{{- define "inference-operator.handOver" -}}
{{- $root := index . 0 }}
The CRD {{ index . 1 }} is of version {{ index . 2 }} and belongs to another release, or to none. Hand the CRDs over, and repeat this:
  crds="inferenceendpoints.inference-operator.dev inferenceaccounts.inference-operator.dev clusterinferenceaccounts.inference-operator.dev"
  kubectl label crd $crds --overwrite app.kubernetes.io/managed-by=Helm
  kubectl annotate crd $crds --overwrite meta.helm.sh/release-name={{ $root.Release.Name }} meta.helm.sh/release-namespace={{ $root.Release.Namespace }}
Or set crds.enabled=false, and apply the CRDs of this version yourself.
{{- end }}
