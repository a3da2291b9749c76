import type { Container, Pod } from '../api/index.ts'

/** The Pod as an Event about one of its containers names it (pkg/kubelet/container/ref.go). */
export function aboutContainer(pod: Pod, { name }: Pick<Container, 'name'>): Pod & { readonly fieldPath: string } {
  const isInit = pod.spec?.initContainers?.some((container) => container.name === name) ?? false
  return { ...pod, fieldPath: `spec.${isInit ? 'initContainers' : 'containers'}{${name}}` }
}
