import './policy-tab.css';
import type { QueueDetail } from '../../../server/http/schemas/queues.ts';
import { queueHref } from '../../api/base.ts';
import { queueKey } from '../../api/queue-key.ts';
import { Foreign } from '../../components/foreign.tsx';
import { Panel } from '../../components/panel.tsx';
import { locale, t } from '../../language/language.ts';
import {
  configKey,
  POLICY_PARTS,
  type PolicyKey,
  type PolicyPart,
  policyValue,
  queuesOf,
} from './policy-words.ts';

/** Each setting of a queue: what it is, what it means, and where it was set. */
export function PolicyTab({ queue }: { readonly queue: QueueDetail }) {
  const words = t().queue.policy;
  return (
    <>
      <p class="muted policy-lead">{words.lead}</p>
      {(Object.keys(POLICY_PARTS) as PolicyPart[]).map((part) => (
        <Panel key={part} title={words.parts[part]} isFlush>
          <dl class="policy">
            {POLICY_PARTS[part].map((key) => (
              <Setting key={key} name={key} queue={queue} />
            ))}
          </dl>
        </Panel>
      ))}
    </>
  );
}

function Setting({ name, queue: { policy, policy_from } }: { name: PolicyKey; queue: QueueDetail }) {
  const words = t().queue.policy;
  const value = policy[name];
  if (value === undefined) return null;
  const key = configKey(name);
  const section = policy_from[key];
  const { title, text } = words.settings[name];
  const queues = queuesOf(name, value);
  return (
    <div>
      <dt>
        {title}
        <code class="muted">{key}</code>
      </dt>
      <dd>
        <span class={section === undefined ? 'policy-value' : 'policy-value set'}>
          {queues === undefined ? (
            <Foreign text={policyValue(name, value, words, locale.value)} />
          ) : (
            queues.map((each) => (
              <a key={each} href={queueHref(queueKey(each))}>
                <Foreign text={each} />
              </a>
            ))
          )}
        </span>
        <span class="muted">{text}</span>
        <span class="policy-from muted">
          {section === undefined ? (
            words.isDefault
          ) : (
            <>
              {words.from} <Foreign text={`[${section}]`} isMono />
            </>
          )}
        </span>
      </dd>
    </div>
  );
}
