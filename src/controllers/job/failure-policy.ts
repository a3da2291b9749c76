import { type Job, type Pod, type PodFailurePolicyRule, podCondition } from '../../api/index.ts'

export type Verdict =
  | { readonly action: 'Count' | 'Ignore' | 'FailIndex' }
  | { readonly action: 'FailJob'; readonly message: string }

/** What the first rule that matches says about a Pod that failed; without one, it counts. Source: pkg/controller/job/pod_failure_policy.go. */
export function judge(job: Job, pod: Pod): Verdict {
  const rules = job.spec?.podFailurePolicy?.rules ?? []
  for (const [index, rule] of rules.entries()) {
    const why = matched(rule, pod)
    if (why === undefined) continue
    if (rule.action === 'FailJob') return { action: 'FailJob', message: `${why} matching FailJob rule at index ${index}` }
    return { action: rule.action === 'Ignore' || rule.action === 'FailIndex' ? rule.action : 'Count' }
  }
  return { action: 'Count' }
}

/** The part of the Pod that a rule matches, in words; undefined when it doesn't. */
function matched({ onExitCodes, onPodConditions = [] }: PodFailurePolicyRule, pod: Pod): string | undefined {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`
  if (onExitCodes) {
    const { containerName, operator, values } = onExitCodes
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
    for (const { name: container, state } of statuses) {
      const code = state?.terminated?.exitCode ?? 0
      if (code === 0 || (containerName !== undefined && containerName !== container)) continue
      if (values.includes(code) === (operator === 'In'))
        return `Container ${container} for pod ${name} failed with exit code ${code}`
    }
    return undefined
  }
  const found = onPodConditions.find(({ type, status = 'True' }) => podCondition(pod, type)?.status === status)
  return found && `Pod ${name} has condition ${found.type}`
}
