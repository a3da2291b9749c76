import type { Ingress, IngressClass } from '../../api/index.ts'
import type { Draft } from '../api.ts'
import type { Admit } from './admit.ts'

const DEFAULT = 'ingressclass.kubernetes.io/is-default-class'
/** How Ingresses said it before there were classes. */
const LEGACY = 'kubernetes.io/ingress.class'

/** A new Ingress without a class gets the default one, where there is one: upstream's plugin `DefaultIngressClass`. */
export const giveDefaultClass: Admit = ({ core, object, old }) => {
  const ingress = object as Draft<Ingress>
  if (old || ingress.spec?.ingressClassName !== undefined || ingress.metadata.annotations?.[LEGACY] !== undefined) return
  const [first] = core.store
    .list('/networking.k8s.io/ingressclasses/')
    .map(({ value }) => JSON.parse(value.toString()) as IngressClass)
    .filter(({ metadata }) => metadata.annotations?.[DEFAULT] === 'true')
    .sort(newestFirst)
  if (first) (ingress.spec ??= {}).ingressClassName = first.metadata.name
}

function newestFirst({ metadata: a }: IngressClass, { metadata: b }: IngressClass): number {
  const times = Date.parse(b.creationTimestamp ?? '') - Date.parse(a.creationTimestamp ?? '')
  return times || ((a.name ?? '') < (b.name ?? '') ? -1 : 1)
}
