import type { Pod } from '../../api/index.ts'
import type { Draft } from '../api.ts'
import type { Admit } from './admit.ts'

const OUTAGES = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
/** So long a Pod waits for its node to come back. Seconds. */
const PATIENCE = 300

/** Pods stay for a while on a node that doesn't answer: upstream's plugin `DefaultTolerationSeconds`. */
export const tolerateShortOutages: Admit = ({ object }) => {
  const { spec } = object as Draft<Pod>
  if (!spec) return
  const tolerations = spec.tolerations ?? []
  const isTolerated = (outage: string): boolean =>
    tolerations.some(({ key, effect }) => (!key || key === outage) && (!effect || effect === 'NoExecute'))
  const added = OUTAGES.filter((outage) => !isTolerated(outage))
  tolerations.push(...added.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: PATIENCE })))
  spec.tolerations = tolerations
}
