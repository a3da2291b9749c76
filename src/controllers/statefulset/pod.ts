import { controllerReference, type Pod, type PodTemplateSpec, type StatefulSet } from '../../api/index.ts'
import { REVISION_HASH } from '../revisions.ts'

/** A version of the template, under the name of its ControllerRevision. */
export interface Version {
  readonly name: string
  readonly template: PodTemplateSpec
}

const POD_NAME = 'statefulset.kubernetes.io/pod-name'
const POD_INDEX = 'apps.kubernetes.io/pod-index'

/** The number at the end of a Pod's name, where the rest is the set's; undefined for other names. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${set.metadata.name}-`
  const { name = '' } = pod.metadata
  const digits = name.slice(prefix.length)
  return name.startsWith(prefix) && /^(0|[1-9]\d*)$/.test(digits) ? Number(digits) : undefined
}

/** Whether a Pod is one of those the set wants now. */
export function isWanted(set: StatefulSet, pod: Pod): boolean {
  const ordinal = ordinalOf(set, pod)
  const start = startOf(set)
  return ordinal !== undefined && ordinal >= start && ordinal < start + (set.spec?.replicas ?? 1)
}

/** The first ordinal. */
export const startOf = ({ spec }: StatefulSet): number => spec?.ordinals?.start ?? 0

/** The ControllerRevision that a Pod was made from. */
export const revisionOf = (pod: Pod): string | undefined => pod.metadata.labels?.[REVISION_HASH]

/** What a Pod's labels must say of it and don't: those of a Pod that somebody else has made, for one. Undefined when nothing is missing. */
export function missingIdentity(set: StatefulSet, pod: Pod): Readonly<Record<string, string>> | undefined {
  const wanted = identityOf(pod.metadata.name ?? '', ordinalOf(set, pod) ?? 0)
  const isSame = Object.entries(wanted).every(([key, value]) => pod.metadata.labels?.[key] === value)
  return isSame ? undefined : wanted
}

const identityOf = (name: string, ordinal: number) => ({ [POD_NAME]: name, [POD_INDEX]: String(ordinal) })

/** The Pod of an ordinal: its name is its host name, below the Service that governs the set. */
export function podOf(set: StatefulSet, ordinal: number, { name: revision, template }: Version): Pod {
  const name = `${set.metadata.name}-${ordinal}`
  const { labels, annotations, finalizers } = template.metadata ?? {}
  const claims = (set.spec?.volumeClaimTemplates ?? []).map((claim) => claim.metadata?.name ?? '')
  const others = (template.spec?.volumes ?? []).filter((volume) => !claims.includes(volume.name))
  const own = claims.map((claim) => ({ name: claim, persistentVolumeClaim: { claimName: `${claim}-${name}` } }))
  const { serviceName } = set.spec ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: set.metadata.namespace,
      labels: { ...labels, ...identityOf(name, ordinal), [REVISION_HASH]: revision },
      annotations,
      finalizers,
      ownerReferences: [controllerReference(set)],
    },
    spec: {
      containers: [],
      ...template.spec,
      hostname: name,
      ...(serviceName ? { subdomain: serviceName } : {}),
      ...(claims.length > 0 ? { volumes: [...own, ...others] } : {}),
    },
  }
}
