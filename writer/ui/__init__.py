"""The Qt widgets of the window and their controllers; decisions are made in the layers below."""
