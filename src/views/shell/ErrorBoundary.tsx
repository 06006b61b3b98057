import { Component, type ErrorInfo, type ReactNode } from "react";
import { Button } from "../controls/Button.tsx";

interface Props {
  /** What is missing when it fails, e.g. "The charts". */
  what: string;
  children: ReactNode;
}

/** Keeps a failure inside its panel: the rest of the page goes on. */
export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidCatch(error: Error, { componentStack }: ErrorInfo) {
    console.error(`${this.props.what} cannot be drawn`, error, componentStack);
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <div className="finding error" role="alert">
        <b>{this.props.what} cannot be drawn: a bug in the page.</b>
        <p>Training goes on. The browser&rsquo;s console has the details.</p>
        <div className="actions">
          <Button shape="small" onPress={() => this.setState({ error: null })}>
            Draw again
          </Button>
        </div>
      </div>
    );
  }
}
