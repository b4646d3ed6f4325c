import { Component, type ComponentChildren } from 'preact';
import { PageProblem } from './page-problem.tsx';

interface Props {
  /** What is shown; another one is another try. */
  readonly at: string;
  readonly children: ComponentChildren;
}

interface State {
  readonly error: Error | undefined;
}

/** Where an error in the code of pages ends: what is around them stays. */
export class PageBoundary extends Component<Props, State> {
  override state: State = { error: undefined };

  static override getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override componentDidCatch(error: Error): void {
    console.error(error);
  }

  override componentDidUpdate({ at }: Props): void {
    if (at !== this.props.at && this.state.error !== undefined) this.setState({ error: undefined });
  }

  render() {
    const { error } = this.state;
    return error === undefined ? this.props.children : <PageProblem detail={String(error)} />;
  }
}
