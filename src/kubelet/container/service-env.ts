import type { Pod, Service } from '../../api/index.ts'

export type Env = Readonly<Record<string, string>>

/** The name of the Service that every Pod gets variables for, in the namespace `default`. */
const MASTER_SERVICE = 'kubernetes'

/**
 * Variables that say where the Services are which exist now: those of the Pod's namespace unless it declines, and the
 * API server's always (pkg/kubelet/envvars, kubelet_pods.go getServiceEnvVarMap).
 */
export function serviceEnv(pod: Pod, services: readonly Service[]): Env {
  const wanted = services.filter(({ metadata, spec }) => {
    if (!spec?.clusterIP || spec.clusterIP === 'None') return false
    if (metadata.namespace === 'default' && metadata.name === MASTER_SERVICE) return true
    return pod.spec?.enableServiceLinks !== false && metadata.namespace === pod.metadata.namespace
  })
  // Where the Pod's own namespace has a Service `kubernetes` too, it wins.
  wanted.sort(
    (a, b) => Number(a.metadata.namespace === pod.metadata.namespace) - Number(b.metadata.namespace === pod.metadata.namespace),
  )
  return Object.assign({}, ...wanted.map(variablesOf)) as Env
}

function variablesOf({ metadata, spec }: Service): Env {
  const prefix = variableName(metadata.name ?? '')
  const address = spec?.clusterIP ?? ''
  const ports = spec?.ports ?? []
  const variables: Record<string, string> = { [`${prefix}_SERVICE_HOST`]: address }
  ports.forEach(({ port, name, protocol = 'TCP' }, index) => {
    const url = `${protocol.toLowerCase()}://${hostOf(address)}:${port}`
    const link = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`
    if (index === 0) Object.assign(variables, { [`${prefix}_SERVICE_PORT`]: String(port), [`${prefix}_PORT`]: url })
    if (name) variables[`${prefix}_SERVICE_PORT_${variableName(name)}`] = String(port)
    variables[link] = url
    variables[`${link}_PROTO`] = protocol.toLowerCase()
    variables[`${link}_PORT`] = String(port)
    variables[`${link}_ADDR`] = address
  })
  return variables
}

const hostOf = (address: string): string => (address.includes(':') ? `[${address}]` : address)

/** `my-svc.v2` → `MY_SVC_V2`; a leading digit gets an underscore before it. */
const variableName = (name: string): string =>
  name
    .toUpperCase()
    .replaceAll(/[-.]/g, '_')
    .replace(/^(?=\d)/, '_')
