/* Linked against in place of TorchSharp's library, whose name it bears; never loaded. */
void fdq_absent(void) {}
