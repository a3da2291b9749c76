import type { Container, ContainerRestartRule, Pod } from '../../api/index.ts'
import { isSidecar } from './state.ts'

/**
 * Whether a container that has ended with `exitCode` is started again: its own rules say first, then its own policy, then the Pod's
 * (KEP-5307). An init container that succeeded has done its work. Pure.
 */
export function restartsAfter(pod: Pod, container: Container, exitCode: number): boolean {
  if ((container.restartPolicyRules ?? []).some((rule) => rule.action === 'Restart' && applies(rule, exitCode))) return true
  const policy = container.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always'
  if (policy === 'Always' && !isInit(pod, container)) return true
  return policy !== 'Never' && exitCode !== 0
}

function applies(
  { exitCodes: { operator = '', values = [] } = { operator: '' } }: ContainerRestartRule,
  exitCode: number,
): boolean {
  if (operator === 'In') return values.includes(exitCode)
  return operator === 'NotIn' && !values.includes(exitCode)
}

/** Whether it runs to its end before the others start. */
export const isInit = (pod: Pod, container: Container): boolean =>
  !isSidecar(container) && (pod.spec?.initContainers ?? []).some(({ name }) => name === container.name)
