import type { Container, Pod, PodSpec, Probe, Volume } from '../../generated/types.gen.ts'
import type { Draft } from '../../object.ts'

/** What a Pod means where its writer said nothing. As upstream's `SetDefaults_Pod`. */
export function setPodDefaults(pod: Draft<Pod>): void {
  const spec = (pod.spec ??= { containers: [] })
  setPodSpecDefaults(spec)
  for (const container of allContainers(spec)) requestWhatIsLimited(container)
  spec.enableServiceLinks ??= true
  if (spec.hostNetwork) setHostPorts(spec)
  pod.status ??= {}
}

/** What both a Pod and a Pod template mean. As upstream's `SetDefaults_PodSpec`. */
export function setPodSpecDefaults(spec: Draft<PodSpec>): void {
  spec.dnsPolicy ||= 'ClusterFirst'
  spec.restartPolicy ||= 'Always'
  if (spec.hostNetwork) setHostPorts(spec)
  spec.securityContext ??= {}
  spec.terminationGracePeriodSeconds ??= 30
  spec.schedulerName ||= 'default-scheduler'
  // Older clients write one name, newer ones the other; both are always there.
  if (spec.serviceAccountName || spec.serviceAccount) {
    spec.serviceAccountName ||= spec.serviceAccount
    spec.serviceAccount = spec.serviceAccountName
  }
  spec.containers?.forEach(setContainerDefaults)
  spec.initContainers?.forEach(setContainerDefaults)
  spec.ephemeralContainers?.forEach(setContainerDefaults)
  spec.volumes?.forEach(setVolumeDefaults)
}

const allContainers = (spec: Draft<PodSpec>): Draft<Container>[] => [...(spec.containers ?? []), ...(spec.initContainers ?? [])]

function requestWhatIsLimited(container: Draft<Container>): void {
  if (!container.resources?.limits) return
  container.resources.requests = { ...container.resources.limits, ...container.resources.requests }
}

function setHostPorts(spec: Draft<PodSpec>): void {
  for (const container of allContainers(spec)) {
    for (const port of container.ports ?? []) port.hostPort ||= port.containerPort
  }
}

type AnyContainer = Omit<Container, 'resizePolicy'>

function setContainerDefaults(container: Draft<AnyContainer>): void {
  container.imagePullPolicy ||= isLatest(container.image ?? '') ? 'Always' : 'IfNotPresent'
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
  container.resources ??= {}
  for (const port of container.ports ?? []) port.protocol ||= 'TCP'
  for (const variable of container.env ?? []) {
    if (variable.valueFrom?.fieldRef) variable.valueFrom.fieldRef.apiVersion ||= 'v1'
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) setProbeDefaults(probe)
  for (const hook of [container.lifecycle?.postStart, container.lifecycle?.preStop]) {
    if (hook?.httpGet) setHttpDefaults(hook.httpGet)
  }
}

/** `nginx` and `nginx:latest` may mean another image tomorrow; a tag or a digest is taken for the same one. */
function isLatest(image: string): boolean {
  if (image.includes('@')) return false
  const tag = /:([^/:]+)$/.exec(image)?.[1]
  return tag === undefined || tag === 'latest'
}

function setProbeDefaults(probe: Draft<Probe> | undefined): void {
  if (!probe) return
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  if (probe.httpGet) setHttpDefaults(probe.httpGet)
  if (probe.grpc) probe.grpc.service ??= ''
}

function setHttpDefaults(get: Draft<NonNullable<Probe['httpGet']>>): void {
  get.path ||= '/'
  get.scheme ||= 'HTTP'
}

/** 0644 */
const FILE_MODE = 0o644

function setVolumeDefaults(volume: Draft<Volume>): void {
  if (Object.keys(volume).every((key) => key === 'name')) volume.emptyDir = {}
  if (volume.secret) volume.secret.defaultMode ??= FILE_MODE
  if (volume.configMap) volume.configMap.defaultMode ??= FILE_MODE
  if (volume.downwardAPI) volume.downwardAPI.defaultMode ??= FILE_MODE
  if (volume.hostPath) volume.hostPath.type ??= ''
  if (volume.image) volume.image.pullPolicy ||= isLatest(volume.image.reference ?? '') ? 'Always' : 'IfNotPresent'
  if (volume.projected) volume.projected.defaultMode ??= FILE_MODE
  for (const source of volume.projected?.sources ?? []) {
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600
    setFieldVersions(source.downwardAPI?.items)
  }
  setFieldVersions(volume.downwardAPI?.items)
}

function setFieldVersions(items: { fieldRef?: { apiVersion?: string } }[] | undefined): void {
  for (const item of items ?? []) if (item.fieldRef) item.fieldRef.apiVersion ||= 'v1'
}
