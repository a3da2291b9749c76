import { matchesNodeAffinity, type Node, type Pod, repels, untoleratedTaints } from '../../api/index.ts'

/** Whether a node is to have this Pod, and whether it may keep one that it has. */
export interface Eligibility {
  readonly mayStart: boolean
  readonly mayStay: boolean
}

/**
 * What a node is to a DaemonSet's Pod, resources aside: whether they suffice is for the scheduler, and a Pod that must wait
 * for them still counts as wanted. Source: pkg/controller/daemon/daemon_controller.go NodeShouldRunDaemonPod.
 */
export function eligibility(pod: Pod, node: Node): Eligibility {
  const { nodeName } = pod.spec ?? {}
  const isMeant = (!nodeName || nodeName === node.metadata.name) && matchesNodeAffinity(pod, node)
  const taints = untoleratedTaints(pod, node.spec?.taints)
  return {
    mayStart: isMeant && !taints.some(repels),
    mayStay: isMeant && !taints.some(({ effect }) => effect === 'NoExecute'),
  }
}
