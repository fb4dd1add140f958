{{- define "gca-viz.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "gca-viz.secret" -}}
{{ .Values.existingSecret | default (printf "%s-cookie" .Release.Name) }}
{{- end }}
