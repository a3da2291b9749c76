import { controllerReference, type Container, isPodOver, type Job, type Pod } from '../../api/index.ts'

/** Keeps a Pod until its end has been counted. */
export const TRACKING = 'batch.kubernetes.io/job-tracking'
const INDEX = 'batch.kubernetes.io/job-completion-index'
const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX'

export const isIndexed = (job: Job): boolean => job.spec?.completionMode === 'Indexed'
export const isTracked = (pod: Pod): boolean => pod.metadata.finalizers?.includes(TRACKING) ?? false
export const isActive = (pod: Pod): boolean => !isPodOver(pod) && pod.metadata.deletionTimestamp === undefined
export const isTerminating = (pod: Pod): boolean => !isPodOver(pod) && pod.metadata.deletionTimestamp !== undefined

/** Whether a Pod is followed by another only once it has failed, not as soon as it is on its way out. */
export const waitsForFailure = ({ spec }: Job): boolean => spec?.podReplacementPolicy === 'Failed'

/** Whether a Pod counts as failed: one that is deleted may never get to say so. Source: pkg/controller/job isPodFailed. */
export const hasFailed = (job: Job, pod: Pod): boolean =>
  pod.status?.phase === 'Failed' ||
  (!waitsForFailure(job) && pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== 'Succeeded')

/** Whether a Pod has succeeded or counts as failed. */
export const hasEnded = (job: Job, pod: Pod): boolean => pod.status?.phase === 'Succeeded' || hasFailed(job, pod)

/** Whether a Pod of an Indexed Job is for one of its completions; any Pod of another Job. */
export function hasPlace(job: Job, pod: Pod): boolean {
  const index = indexOf(pod)
  return !isIndexed(job) || (index !== undefined && index < (job.spec?.completions ?? 0))
}

/** Which completion a Pod of an Indexed Job is for; undefined when it doesn't say. */
export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[INDEX]
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** A Pod of a Job, for the completion `index` where the Job is Indexed; `annotations` are added to the template's. */
export function podFor(job: Job, index?: number, annotations?: Readonly<Record<string, string>>): Pod {
  const { metadata = {}, spec } = job.spec?.template ?? {}
  const { name, namespace } = job.metadata
  const own: Record<string, string> = index === undefined ? {} : { [INDEX]: String(index) }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: index === undefined ? `${name}-` : `${name}-${index}-`,
      namespace,
      labels: { ...metadata.labels, ...own },
      annotations: { ...metadata.annotations, ...own, ...annotations },
      finalizers: [...(metadata.finalizers ?? []), TRACKING],
      ownerReferences: [controllerReference(job)],
    },
    spec: { containers: [], ...spec, ...(index === undefined ? {} : indexedParts(job, index)) },
  }
}

function indexedParts(job: Job, index: number): Partial<NonNullable<Pod['spec']>> {
  const { containers = [], initContainers } = job.spec?.template.spec ?? {}
  return {
    hostname: `${job.metadata.name}-${index}`,
    containers: containers.map(withIndex),
    ...(initContainers ? { initContainers: initContainers.map(withIndex) } : {}),
  }
}

function withIndex(container: Container): Container {
  const { env = [] } = container
  if (env.some(({ name }) => name === INDEX_VARIABLE)) return container
  const valueFrom = { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${INDEX}']` } }
  return { ...container, env: [...env, { name: INDEX_VARIABLE, valueFrom }] }
}
